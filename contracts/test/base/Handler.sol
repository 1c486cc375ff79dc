// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DcnToken} from "../../src/DcnToken.sol";
import {DealEscrow} from "../../src/DealEscrow.sol";
import {IDealEscrow} from "../../src/interfaces/IDealEscrow.sol";
import {Signer} from "./Signer.sol";

/// @title Drives an escrow with random calls by a few actors, and keeps its own books beside it.
/// @notice Every actor is creator and provider by turns. Signatures are always available, as they are to whoever was sent
/// them: what must stop a call is the contract. A broken promise is noted in `broken`, since a revert here is discarded.
abstract contract Handler is Signer {
    uint256 public constant ACTORS = 4;
    uint256 public constant DONOR_FUNDS = 1_000_000 ether;
    uint256 private constant FIRST_KEY = 0xA11CE;

    DcnToken public immutable token;
    address[] public actors;
    /// @dev what the books say
    mapping(address actor => uint256) public freeInBooks;
    uint256 public lockedInBooks;
    uint256 public donated;
    IDealEscrow.State[] public states;
    IDealEscrow.Deal[] internal _deals;
    IDealEscrow.Result[] internal _submitted;
    /// @dev what the provider of each deal put its signature to, submitted or not: whoever has one may bring it
    IDealEscrow.Result[][] internal _promised;
    uint256[] internal _live;
    string public broken;
    /// @dev how often what happened: a run that opens nothing proves nothing
    mapping(bytes4 call => uint256) public successes;

    constructor() {
        token = new DcnToken(address(this), DONOR_FUNDS);
        escrow = new DealEscrow(address(token), address(0), 30, 0);
        token.approve(address(escrow), type(uint256).max);
        for (uint256 i = 0; i < ACTORS; ++i) {
            actors.push(vm.addr(FIRST_KEY + i));
            _deposit(actors[i], 1_000 ether);
        }
    }

    // ---- what the fuzzer calls

    function deposit(uint256 who, uint256 amount) external {
        _deposit(actors[who % ACTORS], bound(amount, 0, 100 ether));
    }

    function withdraw(uint256 who, uint256 amount) external {
        address actor = actors[who % ACTORS];
        amount = bound(amount, 0, 200 ether);
        vm.prank(actor);
        if (!_call(abi.encodeCall(IDealEscrow.withdraw, (address(this), amount)))) return;
        if (amount > freeInBooks[actor]) broken = "withdrew more than was free";
        freeInBooks[actor] -= amount;
    }

    function donate(uint256 amount) external {
        amount = bound(amount, 0, 1 ether);
        token.transfer(address(escrow), amount);
        donated += amount;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + bound(time, 1, 900));
    }

    function burn(uint256 who, uint256 nonce) external {
        address actor = actors[who % ACTORS];
        vm.prank(actor);
        _call(abi.encodeCall(IDealEscrow.burn, (nonce % 64)));
    }

    function open(uint256 seed, uint256 price, uint256 collateral, uint256 windows) external {
        _open(_terms(seed, price, collateral, windows));
    }

    function openAndSettle(uint256 seed, uint256 price, uint256 collateral, uint256 charge, bool fresh) external {
        if (fresh) {
            IDealEscrow.Deal memory terms = _terms(seed, price, collateral, seed);
            if (!_callOpenAndSettle(terms, bound(charge, 0, terms.price))) return;
            _register(terms, IDealEscrow.State.Open);
            _ended(_deals.length - 1, bound(charge, 0, terms.price) + terms.collateral);
        } else if (_live.length != 0) {
            uint256 i = _live[seed % _live.length];
            IDealEscrow.Deal memory deal = _deals[i];
            charge = bound(charge, 0, deal.price);
            if (_callOpenAndSettle(deal, charge)) _endedFrom(i, IDealEscrow.State.Open, charge + deal.collateral);
        }
    }

    /// @dev The provider hands a signed Result to its creator and does not bring it itself.
    function deliver(uint256 seed, uint256 charge) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        _promised[i].push(_result(_deals[i], bound(charge, 0, _deals[i].price)));
    }

    function submit(uint256 seed, uint256 charge) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        IDealEscrow.Deal memory deal = _deals[i];
        IDealEscrow.Result memory result = _result(deal, bound(charge, 0, deal.price));
        _promised[i].push(result);
        if (!_call(abi.encodeCall(IDealEscrow.submit, (deal, result, _signAs(deal.provider, hashOf(result)))))) return;
        if (states[i] != IDealEscrow.State.Open) broken = "submitted twice";
        states[i] = IDealEscrow.State.Submitted;
        _submitted[i] = result;
    }

    function settle(uint256 seed, uint256 charge) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        IDealEscrow.Deal memory deal = _deals[i];
        IDealEscrow.Result memory result = _result(deal, bound(charge, 0, deal.price));
        bytes memory byCreator = _signAs(deal.creator, hashOf(result));
        vm.prank(deal.provider);
        if (!_call(abi.encodeCall(IDealEscrow.settle, (deal, result, byCreator)))) return;
        _ended(i, result.charge + deal.collateral);
    }

    function claim(uint256 seed) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        if (!_call(abi.encodeCall(IDealEscrow.claim, (_deals[i], _submitted[i])))) return;
        _endedFrom(i, IDealEscrow.State.Submitted, _submitted[i].charge + _deals[i].collateral);
    }

    function forfeit(uint256 seed) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        IDealEscrow.Deal memory deal = _deals[i];
        vm.prank(deal.provider);
        if (!_call(abi.encodeCall(IDealEscrow.forfeit, (deal)))) return;
        _endedFrom(i, IDealEscrow.State.Open, deal.collateral - deal.collateral / 4);
    }

    function timeoutSubmit(uint256 seed) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        if (_call(abi.encodeCall(IDealEscrow.timeoutSubmit, (_deals[i])))) _endedFrom(i, IDealEscrow.State.Open, 0);
    }

    function close(uint256 seed, uint256 toProvider) external {
        if (_live.length == 0) return;
        uint256 i = _live[seed % _live.length];
        bytes memory data;
        (data, toProvider) = _closeCall(_deals[i], toProvider);
        if (_call(data)) _ended(i, toProvider);
    }

    /// @dev Anything at all on a deal that is over, with every signature there can be, at any time, by either party.
    function disturb(uint256 seed, uint256 what, bool byProvider) external {
        if (_deals.length == 0) return;
        uint256 i = seed % _deals.length;
        if (states[i] != IDealEscrow.State.Closed) return;
        IDealEscrow.Deal memory deal = _deals[i];
        bytes memory data = _disturbance(deal, _submitted[i], what % 8);
        vm.prank(byProvider ? deal.provider : deal.creator);
        (bool success,) = address(escrow).call(data);
        if (success) broken = "a call succeeded after the end";
    }

    /// @dev Calls of a stranger that nobody signed.
    function attack(uint256 seed, uint256 what, uint256 charge) external {
        if (_live.length == 0) return;
        IDealEscrow.Deal memory deal = _deals[_live[seed % _live.length]];
        IDealEscrow.Result memory result = _result(deal, charge);
        bytes memory own = sign(0xE5E, hashOf(result));
        bytes[3] memory calls = [
            abi.encodeCall(IDealEscrow.settle, (deal, result, own)),
            abi.encodeCall(IDealEscrow.submit, (deal, result, own)),
            abi.encodeCall(IDealEscrow.forfeit, (deal))
        ];
        (bool success,) = address(escrow).call(calls[what % 3]);
        if (success) broken = "a call succeeded without a signature";
    }

    // ---- what the invariants read

    function liveCount() external view returns (uint256) {
        return _live.length;
    }

    function dealCount() external view returns (uint256) {
        return _deals.length;
    }

    function dealAt(uint256 i) external view returns (IDealEscrow.Deal memory) {
        return _deals[i];
    }

    function submittedAt(uint256 i) external view returns (IDealEscrow.Result memory) {
        return _submitted[i];
    }

    /// @dev Whoever it is, without a signature: waits, then ends every deal.
    function endAll() external {
        vm.warp(block.timestamp + 30 days + 1);
        while (_live.length != 0) {
            uint256 i = _live[_live.length - 1];
            bool done;
            if (states[i] == IDealEscrow.State.Open) {
                done = _call(abi.encodeCall(IDealEscrow.timeoutSubmit, (_deals[i])));
                _ended(i, 0);
            } else {
                done = _call(abi.encodeCall(IDealEscrow.claim, (_deals[i], _submitted[i])));
                _ended(i, _submitted[i].charge + _deals[i].collateral);
            }
            if (!done) broken = "a deal could not be ended";
        }
    }

    // ---- the books

    function _deposit(address actor, uint256 amount) private {
        escrow.deposit(actor, amount);
        freeInBooks[actor] += amount;
    }

    function _open(IDealEscrow.Deal memory deal) private {
        bytes32 id = idOf(deal);
        bytes memory byCreator = _signAs(deal.creator, id);
        bytes memory byProvider = _signAs(deal.provider, id);
        vm.prank(deal.provider);
        if (!_call(abi.encodeCall(IDealEscrow.open, (deal, byCreator, byProvider)))) return;
        _register(deal, IDealEscrow.State.Open);
    }

    function _register(IDealEscrow.Deal memory deal, IDealEscrow.State state) private {
        freeInBooks[deal.creator] -= deal.price;
        freeInBooks[deal.provider] -= deal.collateral;
        lockedInBooks += deal.price + deal.collateral;
        _live.push(_deals.length);
        _deals.push(deal);
        states.push(state);
        _submitted.push();
        _promised.push();
    }

    function _endedFrom(uint256 i, IDealEscrow.State needed, uint256 toProvider) private {
        if (states[i] != needed) broken = "ended from a state that does not allow it";
        _ended(i, toProvider);
    }

    function _ended(uint256 i, uint256 toProvider) internal {
        IDealEscrow.Deal memory deal = _deals[i];
        if (states[i] == IDealEscrow.State.Closed) broken = "ended twice";
        states[i] = IDealEscrow.State.Closed;
        lockedInBooks -= deal.price + deal.collateral;
        freeInBooks[deal.provider] += toProvider;
        freeInBooks[deal.creator] += deal.price + deal.collateral - toProvider;
        for (uint256 k = 0; k < _live.length; ++k) {
            if (_live[k] != i) continue;
            _live[k] = _live[_live.length - 1];
            _live.pop();
            return;
        }
    }

    // ---- making calls

    /// @dev Nonces repeat, prices exceed what is free, windows are out of range now and then.
    function _terms(uint256 seed, uint256 price, uint256 collateral, uint256 windows)
        internal
        view
        returns (IDealEscrow.Deal memory deal)
    {
        deal.spec = bytes32(seed);
        deal.creator = actors[seed % ACTORS];
        deal.provider = actors[(seed / ACTORS) % ACTORS];
        deal.price = bound(price, 0, 300 ether);
        deal.collateral = bound(collateral, 0, 300 ether);
        deal.submitWindow = bound(windows, 29, 600);
        deal.reviewWindow = bound(windows >> 8, 29, 600);
        deal.openBefore = block.timestamp;
        deal.nonce = (seed >> 16) % 128;
    }

    function _result(IDealEscrow.Deal memory deal, uint256 charge) internal view returns (IDealEscrow.Result memory) {
        return IDealEscrow.Result(idOf(deal), bytes32(block.timestamp), bytes32(uint256(2)), charge);
    }

    function _callOpenAndSettle(IDealEscrow.Deal memory deal, uint256 charge) private returns (bool) {
        bytes memory data = _openAndSettleCall(deal, charge);
        vm.prank(deal.provider);
        return _call(data);
    }

    function _openAndSettleCall(IDealEscrow.Deal memory deal, uint256 charge) internal view returns (bytes memory) {
        IDealEscrow.Result memory result = _result(deal, charge);
        bytes memory byCreator = _signAs(deal.creator, idOf(deal));
        bytes memory byProvider = _signAs(deal.provider, idOf(deal));
        bytes memory ofResult = _signAs(deal.creator, hashOf(result));
        return abi.encodeCall(IDealEscrow.openAndSettle, (deal, result, byCreator, byProvider, ofResult));
    }

    function _closeCall(IDealEscrow.Deal memory deal, uint256 toProvider) private view returns (bytes memory, uint256) {
        toProvider = bound(toProvider, 0, deal.price + deal.collateral);
        IDealEscrow.Close memory agreed = IDealEscrow.Close(idOf(deal), toProvider, block.timestamp);
        bytes memory byCreator = _signAs(deal.creator, hashOf(agreed));
        bytes memory byProvider = _signAs(deal.provider, hashOf(agreed));
        return (abi.encodeCall(IDealEscrow.close, (deal, agreed, byCreator, byProvider)), toProvider);
    }

    function _disturbance(IDealEscrow.Deal memory deal, IDealEscrow.Result memory last, uint256 what)
        private
        view
        returns (bytes memory data)
    {
        IDealEscrow.Result memory result = last.deal == 0 ? _result(deal, deal.price) : last;
        bytes memory byCreator = _signAs(deal.creator, hashOf(result));
        bytes memory byProvider = _signAs(deal.provider, hashOf(result));
        bytes memory opens = _signAs(deal.creator, idOf(deal));
        bytes memory accepts = _signAs(deal.provider, idOf(deal));
        if (what == 0) return abi.encodeCall(IDealEscrow.open, (deal, opens, accepts));
        if (what == 1) return _openAndSettleCall(deal, deal.price);
        if (what == 2) return abi.encodeCall(IDealEscrow.submit, (deal, result, byProvider));
        if (what == 3) return abi.encodeCall(IDealEscrow.settle, (deal, result, byCreator));
        if (what == 4) return abi.encodeCall(IDealEscrow.claim, (deal, result));
        if (what == 5) return abi.encodeCall(IDealEscrow.forfeit, (deal));
        if (what == 6) return abi.encodeCall(IDealEscrow.timeoutSubmit, (deal));
        (data,) = _closeCall(deal, 0);
    }

    function _signAs(address actor, bytes32 structHash) internal view returns (bytes memory) {
        for (uint256 i = 0; i < ACTORS; ++i) {
            if (actors[i] == actor) return sign(FIRST_KEY + i, structHash);
        }
        return "";
    }

    function _call(bytes memory data) internal returns (bool success) {
        (success,) = address(escrow).call(data);
        if (success) successes[bytes4(data)]++;
    }
}
