// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {JobBoard} from "../../src/JobBoard.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {IJobBoard} from "../../src/interfaces/IJobBoard.sol";
import {CourtTest} from "./CourtTest.sol";

/// @title A board beside escrow and court, a funded requester, and agents with a seat each.
abstract contract BoardTest is CourtTest {
    uint256 internal constant BID = 20 ether;
    uint256 internal constant BOARD_FEE = 2 ether;
    uint256 internal constant TURN = 60;
    uint256 internal constant BOARD_TIMEOUT = 3600;
    address internal constant REQUESTER = address(0xA11CE);
    bytes32 internal constant MANIFEST = keccak256("manifest");
    bytes internal constant SPEC_BLOCK = hex"a16776657273696f6e01";

    JobBoard internal board;

    function firstSeats() internal pure virtual override returns (uint256) {
        return 3;
    }

    function setUp() public virtual override {
        super.setUp();
        vm.setBlockhash(block.number - 1, keccak256("seed"));
        board = new JobBoard(address(escrow));
        fund(REQUESTER);
        for (uint256 i = 0; i < firstSeats(); ++i) {
            escrow.deposit(ownerOf(i), FUNDS);
        }
    }

    function fund(address account) internal {
        fund(account, FUNDS);
        vm.prank(account);
        token.approve(address(board), type(uint256).max);
    }

    function fund(address account, uint256 amount) internal {
        assertTrue(token.transfer(account, amount), "funded");
    }

    // ---- asking

    function orderFor(address callback) internal pure returns (IJobBoard.Order memory) {
        uint256 callbackGas = callback == address(0) ? 0 : 200_000;
        return IJobBoard.Order(BID, BOARD_FEE, callback, callbackGas, TURN, 3, BOARD_TIMEOUT, 0);
    }

    function asked(IJobBoard.Order memory order) internal returns (IJobBoard.Request memory r) {
        r = placed(REQUESTER, order);
        vm.prank(REQUESTER);
        board.request(order, SPEC_BLOCK);
    }

    function asked() internal returns (IJobBoard.Request memory) {
        return asked(orderFor(address(0)));
    }

    /// @dev The request that an order becomes if it is placed now; what the contract computes, from its description.
    function placed(address requester, IJobBoard.Order memory o) internal view returns (IJobBoard.Request memory) {
        return placed(requester, o, address(board));
    }

    function placed(address requester, IJobBoard.Order memory o, address on)
        internal
        view
        returns (IJobBoard.Request memory r)
    {
        (r.requester, r.spec) = (requester, sha256(SPEC_BLOCK));
        (r.bid, r.fee, r.callback, r.callbackGas) = (o.bid, o.fee, o.callback, o.callbackGas);
        (r.turn, r.turns, r.timeout, r.lane) = (o.turn, o.turns, o.timeout, o.lane);
        (r.createdAt, r.seed) = (block.timestamp, keccak256(abi.encode(blockhash(block.number - 1), on)));
    }

    function requestId(IJobBoard.Request memory r) internal pure returns (bytes32) {
        return keccak256(abi.encode(r));
    }

    // ---- agents

    /// @dev The seat with the lowest place; of several the first.
    function firstAgent(IJobBoard.Request memory r) internal view returns (uint256 seat) {
        uint256 best = type(uint256).max;
        for (uint256 i = 0; i < firstSeats(); ++i) {
            uint256 place = board.placeOf(requestId(r), i, r.turns);
            if (place < best) (best, seat) = (place, i);
        }
    }

    function turnOf(IJobBoard.Request memory r, uint256 seat) internal view returns (uint256) {
        uint256 delay = board.placeOf(requestId(r), seat, r.turns) * r.turn;
        return r.createdAt + (delay == 0 ? 1 : delay);
    }

    // ---- deals

    function runOf() internal pure returns (IJobBoard.Run memory) {
        return IJobBoard.Run(0, 7, 0x55, sha256("moo"), sha256("outputs"), SALT);
    }

    /// @dev dag-cbor of {stdout, outputs, exitCode: 7}, from the description.
    function digestOf7(IJobBoard.Run memory run) internal pure returns (bytes32) {
        return sha256(
            abi.encodePacked(
                hex"a3667374646f7574d82a58250001551220",
                run.stdout,
                hex"676f757470757473d82a58250001701220",
                run.outputs,
                hex"6865786974436f646507"
            )
        );
    }

    /// @dev A deal of the seat's owner about the request, with a Result that commits to `runOf()`; nothing is on chain yet.
    function deliveryOf(IJobBoard.Request memory r, uint256 seat, uint256 attempt)
        internal
        view
        returns (IJobBoard.Delivery memory d)
    {
        // a nonce of this request, by attempt
        d.deal = dealWith(uint256(requestId(r)) ^ attempt);
        (d.deal.spec, d.deal.creator) = (r.spec, ownerOf(seat));
        (d.run, d.seat) = (runOf(), seat);
        bytes32 dealId = idOf(d.deal);
        bytes32 commitment = keccak256(abi.encode(dealId, digestOf7(d.run), SALT));
        d.result = IDealEscrow.Result(dealId, commitment, MANIFEST, PRICE);
    }

    function openFor(IJobBoard.Delivery memory d) internal {
        bytes memory byCreator = sign(ownerKey(d.seat), d.deal);
        bytes memory byProvider = sign(PROVIDER_KEY, d.deal);
        vm.prank(provider);
        escrow.open(d.deal, byCreator, byProvider);
    }

    function settleFor(IJobBoard.Delivery memory d) internal {
        bytes memory byCreator = sign(ownerKey(d.seat), d.result);
        vm.prank(provider);
        escrow.settle(d.deal, d.result, byCreator);
    }

    /// @dev Everything that a delivery needs is there.
    function done(IJobBoard.Request memory r) internal returns (IJobBoard.Delivery memory d) {
        d = deliveryOf(r, firstAgent(r), 0);
        openFor(d);
        settleFor(d);
        if (block.timestamp < turnOf(r, d.seat)) vm.warp(turnOf(r, d.seat));
    }

    function bring(IJobBoard.Request memory r, IJobBoard.Delivery memory d) internal {
        bring(r, d, sign(PROVIDER_KEY, d.result));
    }

    function bring(IJobBoard.Request memory r, IJobBoard.Delivery memory d, bytes memory signature) internal {
        vm.prank(d.deal.creator);
        board.deliver(r, d, signature);
    }

    function assertLane(IJobBoard.Request memory r, IJobBoard.State expected) internal view {
        assertEq(uint256(board.laneOf(r.requester, r.lane)), uint256(expected), "state");
        bool isDelivered = expected == IJobBoard.State.Delivered;
        assertTrue(board.isResult(r, MANIFEST, digestOf7(runOf())) == isDelivered, "result");
    }
}
