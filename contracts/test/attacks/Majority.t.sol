// SPDX-License-Identifier: MIT
pragma solidity ^0.8.28;

import {DealEscrow} from "../../src/DealEscrow.sol";
import {JobBoard} from "../../src/JobBoard.sol";
import {AskMajority} from "../../src/examples/AskMajority.sol";
import {IJobBoard} from "../../src/interfaces/IJobBoard.sol";
import {BoardTerms} from "../../src/libraries/BoardTerms.sol";
import {MajorityTest} from "../base/MajorityTest.sol";
import {FeeToken, HookToken} from "../mocks/Tokens.sol";

/// @title Those who hold too few seats, and hostile tokens.
contract MajorityAttacksTest is MajorityTest {
    /// @dev The whole point: one seat can bring every result first, and decides nothing.
    function test_oneSeatThatInventsDecidesNothing() public {
        for (uint256 copies = 3; copies <= 7; copies += 2) {
            (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, copies);
            for (uint256 i = 0; i < copies; ++i) {
                answer(r[i], 0, 666);
            }
            assertState(question, AskMajority.State.Undecided);
        }
    }

    /// @dev Seats of fewer than the majority, against honest ones that bring what is left in any order.
    function testFuzz_fewerSeatsThanAMajorityNeverDecideForALie(uint256 seed) public {
        uint256 copies = 3 + 2 * (seed % 3);
        uint256 liars = copies / 2;
        (uint256 question, IJobBoard.Request[] memory r) = askedBy(REQUESTER, copies);
        for (uint256 i = 0; i < copies; ++i) {
            uint256 agent = uint256(keccak256(abi.encode(seed, i))) % firstSeats();
            answer(r[i], agent, agent < liars ? 666 : 1);
        }
        if (example.stateOf(question) != AskMajority.State.Decided) return;
        (, bytes32 digest,,) = example.answerOf(question);
        assertEq(digest, digestFor(runOf(1)), "the truth or nothing");
    }

    /// @dev The figures of docs/board.md. A liar does not wait for the others of its place, so it wins more often than its share of the
    /// seats says; with more turns than seats, places are seldom shared.
    function test_chances_areThoseOfTheDocumentation() public pure {
        (uint256 one, uint256 three) = _chances(20, 2, 20);
        assertTrue(one >= 139 && one <= 169, "15.4 % of one request");
        assertTrue(three >= 48 && three <= 80, "6.4 % of three");
        (one, three) = _chances(20, 2, 160);
        assertTrue(one >= 92 && one <= 120, "10.6 % of one request");
        assertTrue(three >= 19 && three <= 43, "3.1 % of three");
    }

    function test_token_cannotReenter() public {
        HookToken hook = new HookToken();
        AskMajority other = _exampleFor(address(hook));
        bytes[2] memory calls = [
            abi.encodeCall(AskMajority.ask, (3, terms(), SPEC_BLOCK)), abi.encodeCall(AskMajority.withdraw, (1, none()))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            uint256 snapshot = vm.snapshotState();
            hook.arm(address(other), calls[i]);
            uint256 before = hook.balanceOf(address(this));
            uint256 question = other.ask(3, terms(), SPEC_BLOCK);
            assertTrue(!hook.succeeded(), "refused");
            IJobBoard board_ = other.board();
            vm.warp(block.timestamp + BOARD_TIMEOUT + 1);
            for (uint256 copy = 0; copy < 3; ++copy) {
                board_.refund(_requestOn(other, question, copy));
            }
            // and while it pays out
            hook.arm(address(other), calls[i]);
            other.withdraw(question, none());
            assertTrue(!hook.succeeded(), "refused again");
            assertEq(hook.balanceOf(address(this)), before, "paid once");
            vm.revertToState(snapshot);
        }
    }

    /// @dev Otherwise the money of other questions would fill what is missing.
    function test_token_withAFeeIsRefused() public {
        FeeToken fees = new FeeToken();
        AskMajority other = _exampleFor(address(fees));
        assertTrue(fees.transfer(address(other), 10 * EACH), "of others");
        vm.expectPartialRevert(IJobBoard.TransferShortfall.selector);
        other.ask(3, terms(), SPEC_BLOCK);
    }

    /// @return one how many of 1,000 requests a liar may answer before anybody else
    /// @return three of how many of 1,000 questions of three it is most
    function _chances(uint256 seats, uint256 liars, uint256 turns) private pure returns (uint256 one, uint256 three) {
        for (uint256 question = 0; question < 1000; ++question) {
            uint256 won;
            for (uint256 copy = 0; copy < 3; ++copy) {
                bytes32 request = keccak256(abi.encode(question, copy));
                uint256[2] memory first = [turns, turns];
                for (uint256 seat = 0; seat < seats; ++seat) {
                    uint256 place = BoardTerms.placeOf(request, seat, turns);
                    uint256 side = seat < liars ? 0 : 1;
                    if (place < first[side]) first[side] = place;
                }
                if (first[0] <= first[1]) ++won;
            }
            one += won;
            if (won >= 2) ++three;
        }
        one /= 3;
    }

    function _exampleFor(address token_) private returns (AskMajority other) {
        DealEscrow itsEscrow = new DealEscrow(token_, address(theCourt), MIN_WINDOW, MIN_SEAT_FEE);
        other = new AskMajority(address(new JobBoard(address(itsEscrow))));
        FeeToken(token_).approve(address(other), type(uint256).max);
    }

    function _requestOn(AskMajority other, uint256 question, uint256 copy)
        private
        view
        returns (IJobBoard.Request memory r)
    {
        AskMajority.Terms memory t = terms();
        IJobBoard.Order memory o;
        (o.bid, o.fee, o.turn, o.turns, o.timeout) = (t.bid, t.fee, t.turn, t.turns, t.timeout);
        (o.callback, o.callbackGas, o.lane) = (address(other), other.CALLBACK_GAS(), other.laneOf(question, copy));
        r = placed(address(other), o, address(other.board()));
        r.createdAt = other.questionOf(question).deadline - BOARD_TIMEOUT;
    }
}
